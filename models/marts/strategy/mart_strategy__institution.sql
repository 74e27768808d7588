{%- set components = strategy_component_keys() %}

with

components as (

    select * from {{ ref('mart_strategy__institution_component') }}

),

answers as (

    select * from {{ ref('fct_survey_answer') }}

),

institutions as (

    select * from {{ ref('dim_institution') }}

),

usage as (

    select * from {{ ref('mart_usage__institution') }}

),

entities as (

    select
        institution_key,
        count(distinct reporting_institution_key) as n_answering_entities
    from answers
    group by institution_key

),

pivoted as (

    select
        institution_key,
        {%- for component in components %}
        max(case when strategy_component = '{{ component }}' then component_value end) as {{ component }},
        {%- endfor %}
        count(component_value) as n_components_answered,
        {{ exact_mean('component_value') }} as mean_component_value
    from components
    group by institution_key

),

final as (

    select
        pivoted.institution_key,
        institutions.short_name,
        institutions.name_nb,
        institutions.name_en,
        institutions.sector,
        institutions.cluster,
        cast(entities.n_answering_entities as integer) as n_answering_entities,
        {%- for component in components %}
        pivoted.{{ component }},
        {%- endfor %}
        cast(pivoted.n_components_answered as integer) as n_components_answered,
        case
            when pivoted.n_components_answered >= {{ var('strategy_minimum_components') }} then pivoted.mean_component_value
        end as strategy_index,
        pivoted.anchoring = 1 as is_mobility_in_document,
        usage.mobilities_per_100_fte

    from pivoted
    inner join entities on pivoted.institution_key = entities.institution_key
    inner join institutions on pivoted.institution_key = institutions.institution_key
    left join usage on pivoted.institution_key = usage.institution_key

)

select * from final
