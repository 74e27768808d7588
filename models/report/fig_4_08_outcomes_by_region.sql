with

reports as (

    select * from {{ ref('mart_outcomes__report') }}

),

outcome_groups as (

    select * from {{ ref('outcome_group') }}

),

report_groups as (

    select
        region_key,
        label_nb,
        label_en,
        sort_order
    from {{ ref('region') }}

),

{{ outcomes_by('region_key', 'region') }}

select * from final
