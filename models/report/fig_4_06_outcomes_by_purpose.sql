with

reports as (

    select * from {{ ref('mart_outcomes__report') }}

),

outcome_groups as (

    select * from {{ ref('outcome_group') }}

),

report_groups as (

    select
        purpose_key,
        label_nb,
        label_en,
        sort_order
    from {{ ref('purpose') }}

),

{{ outcomes_by('purpose_key', 'purpose') }}

select * from final
