with

reports as (

    select * from {{ ref('mart_outcomes__report') }}

),

outcome_groups as (

    select * from {{ ref('outcome_group') }}

),

report_groups as (

    select
        duration_group,
        label_nb,
        label_en,
        sort_order
    from {{ ref('duration_group') }}
    where grouping = 'outcome'

),

{{ outcomes_by('duration_group', 'duration_group') }}

select * from final
