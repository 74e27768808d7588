with

reports as (

    select * from {{ ref('mart_outcomes__report') }}

),

outcome_groups as (

    select * from {{ ref('outcome_group') }}

),

report_groups as (

    select
        cluster,
        label_nb,
        label_en,
        cluster as sort_order
    from {{ ref('cluster') }}

),

{{ outcomes_by('cluster', 'cluster') }}

select * from final
