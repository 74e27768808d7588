with

mobilities as (

    select * from {{ ref('fct_mobility') }}

),

institutions as (

    select * from {{ ref('dim_institution') }}

),

answers as (

    select * from {{ ref('fct_outcome_answer') }}

),

items as (

    select * from {{ ref('dim_outcome_item') }}

),

outcome_groups as (

    select * from {{ ref('outcome_group') }}

),

outcome_indices as (

    select * from {{ ref('mart_outcomes__report_group') }}

),

sent as (

    select
        institution_key,
        {{ exact_sum('n_participants') }} as n_stays
    from mobilities
    group by institution_key

),

indexed as (

    select
        mobilities.institution_key,
        mobilities.n_participants,
        outcome_indices.outcome_group,
        outcome_indices.outcome_index
    from outcome_indices
    inner join mobilities on outcome_indices.report_key = mobilities.report_key
    where outcome_indices.outcome_index is not null

),

sector_means as (

    select
        outcome_group,
        {{ exact_weighted_mean('outcome_index', 'n_participants') }} as sector_mean
    from indexed
    group by outcome_group

),

person_means as (

    select
        institution_key,
        outcome_group,
        {{ exact_sum('n_participants') }} as n_reports,
        {{ exact_weighted_mean('outcome_index', 'n_participants') }} as person_mean
    from indexed
    group by institution_key, outcome_group

),

means_of_items as (

    {{ means_of_items(['institution_key']) }}

),

item_means as (

    select
        means_of_items.institution_key,
        items.outcome_group,
        {{ exact_weighted_mean('means_of_items.mean_answer_value', 'items.item_weight') }} as item_mean
    from means_of_items
    inner join items on means_of_items.item_key = items.item_key
    group by means_of_items.institution_key, items.outcome_group

),

compared as (

    select
        institutions.institution_key,
        institutions.short_name,
        institutions.name_nb,
        institutions.name_en,
        institutions.sector,
        institutions.cluster,
        outcome_groups.outcome_group,
        sent.n_stays,
        coalesce(person_means.n_reports, 0) as n_reports,
        person_means.person_mean,
        item_means.item_mean,
        sector_means.sector_mean,
        person_means.person_mean - sector_means.sector_mean as deviation
    from sent
    inner join institutions on sent.institution_key = institutions.institution_key
    cross join outcome_groups
    left join person_means
        on sent.institution_key = person_means.institution_key
        and outcome_groups.outcome_group = person_means.outcome_group
    left join item_means
        on sent.institution_key = item_means.institution_key
        and outcome_groups.outcome_group = item_means.outcome_group
    left join sector_means on outcome_groups.outcome_group = sector_means.outcome_group

),

-- At nine decimals, so that a deviation of just the limit is not decided by the last bit of a division.
measured as (

    select
        *,
        round(cast(abs(deviation) as decimal(18, 12)), 9) as distance
    from compared

),

final as (

    select
        institution_key,
        short_name,
        name_nb,
        name_en,
        sector,
        cluster,
        outcome_group,
        n_stays,
        n_reports,
        person_mean,
        item_mean,
        sector_mean,
        deviation,
        case
            when distance < {{ var('outcome_shade_light') }} then 'none'
            when distance <= {{ var('outcome_shade_dark') }} then case when deviation > 0 then 'above' else 'below' end
            when distance > {{ var('outcome_shade_dark') }} then case when deviation > 0 then 'far_above' else 'far_below' end
        end as deviation_level

    from measured

)

select * from final
