with

reports as (

    select * from {{ ref('mart_outcomes__report') }}

),

outcome_groups as (

    select * from {{ ref('outcome_group') }}

),

report_groups as (

    select
        motive_category as dominating_motive,
        label_nb,
        label_en,
        sort_order
    from {{ ref('motive_category') }}

),

{{ outcomes_by('dominating_motive', 'dominating_motive') }}

select * from final
