{%- set groups = outcome_group_keys() %}
{%- set indicators = var('outcome_indicators') %}

with

mobilities as (

    select * from {{ ref('fct_mobility') }}

),

institutions as (

    select * from {{ ref('dim_institution') }}

),

countries as (

    select * from {{ ref('dim_country') }}

),

periods as (

    select * from {{ ref('dim_period') }}

),

motives as (

    select * from {{ ref('mart_motives__report') }}

),

outcome_indices as (

    select * from {{ ref('mart_outcomes__report_group') }}

),

strategies as (

    select * from {{ ref('mart_strategy__institution') }}

),

usage as (

    select * from {{ ref('mart_usage__institution') }}

),

indicator_values as (

    select * from {{ ref('fct_institution_indicator') }}
    where is_current_value

),

outcomes as (

    select
        {%- for group in groups %}
        max(case when outcome_group = '{{ group }}' then outcome_index end) as {{ group }}_index,
        max(case when outcome_group = '{{ group }}' then answered_mean end) as {{ group }}_answered_mean,
        max(case when outcome_group = '{{ group }}' then n_items_asked end) as n_{{ group }}_items_asked,
        max(case when outcome_group = '{{ group }}' then n_items_answered end) as n_{{ group }}_items_answered,
        {%- endfor %}
        report_key
    from outcome_indices
    group by report_key

),

indicators as (

    select
        {%- for indicator in indicators %}
        max(case when indicator_key = '{{ indicator }}' then cast(indicator_value as double) end) as {{ indicator }},
        {%- endfor %}
        institution_key
    from indicator_values
    group by institution_key

),

final as (

    select
        -- keys
        mobilities.report_key,
        mobilities.institution_key,
        mobilities.person_key,

        -- stay
        mobilities.year,
        periods.is_provisional,
        mobilities.call_year,
        mobilities.source_system,
        mobilities.n_participants,
        mobilities.purpose_key,
        mobilities.is_teaching,
        mobilities.duration_days,
        mobilities.duration_group,
        mobilities.country_code,
        countries.region_key,
        mobilities.has_mobility_agreement,
        mobilities.stay_number,
        mobilities.is_reuse,

        -- motives
        motives.n_motives_ticked,
        {%- for category in motive_category_keys() %}
        motives.n_{{ category }}_motives_ticked,
        {%- endfor %}
        motives.personal_motive_share,
        motives.quality_motive_share,
        motives.institution_motive_share,
        motives.is_motive_tied,
        motives.dominating_motive,

        -- outcomes
        {%- for group in groups %}
        outcomes.{{ group }}_index,
        {%- endfor %}
        {%- for group in groups %}
        outcomes.{{ group }}_answered_mean,
        {%- endfor %}
        {%- for group in groups %}
        coalesce(outcomes.n_{{ group }}_items_asked, 0) as n_{{ group }}_items_asked,
        {%- endfor %}
        {%- for group in groups %}
        coalesce(outcomes.n_{{ group }}_items_answered, 0) as n_{{ group }}_items_answered,
        {%- endfor %}

        -- sending institution
        institutions.sector,
        institutions.cluster,
        strategies.strategy_index,
        strategies.anchoring,
        strategies.relative_priority,
        strategies.leadership_signals,
        strategies.facilitation,
        strategies.strategic_use,
        {%- for indicator in indicators %}
        indicators.{{ indicator }},
        {%- endfor %}
        usage.mobilities_per_100_fte

    from mobilities
    inner join institutions on mobilities.institution_key = institutions.institution_key
    inner join periods on mobilities.year = periods.year
    left join countries on mobilities.country_code = countries.country_code
    left join motives
        on mobilities.report_key = motives.report_key
        and mobilities.institution_key = motives.institution_key
    left join outcomes on mobilities.report_key = outcomes.report_key
    left join strategies on mobilities.institution_key = strategies.institution_key
    left join usage on mobilities.institution_key = usage.institution_key
    left join indicators on mobilities.institution_key = indicators.institution_key

)

select * from final
