with

outcomes as (

    select * from {{ ref('mart_outcomes__institution') }}

),

surveyed as (

    select * from {{ ref('mart_strategy__institution') }}

),

outcome_groups as (

    select * from {{ ref('outcome_group') }}

),

shown as (

    select * from outcomes
    where
        {{ is_in_outcome_figures('outcomes', 'surveyed') }}

),

-- Those that stand high over all groups come first.
ordered as (

    select
        institution_key,
        row_number() over (order by {{ exact_mean('person_mean') }} desc nulls last, institution_key) as institution_sort_order
    from shown
    group by institution_key

),

final as (

    select
        shown.institution_key,
        shown.short_name,
        shown.name_nb as institution_name_nb,
        shown.name_en as institution_name_en,
        cast(ordered.institution_sort_order as integer) as institution_sort_order,
        shown.outcome_group,
        outcome_groups.label_nb as outcome_group_label_nb,
        outcome_groups.label_en as outcome_group_label_en,
        outcome_groups.sort_order as outcome_group_sort_order,
        shown.person_mean,
        shown.item_mean,
        shown.n_reports,
        shown.sector_mean,
        shown.deviation,
        shown.deviation_level

    from shown
    inner join ordered on shown.institution_key = ordered.institution_key
    inner join outcome_groups on shown.outcome_group = outcome_groups.outcome_group

)

select * from final
