{%- set components = strategy_component_keys() %}

with

components as (

    select * from {{ ref('mart_strategy__institution_component') }}

),

combinations as (

    select * from {{ ref('strategy_component') }}

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

-- A component that one yes decides counts as one question, the others as the questions that were answered.
weighed as (

    select
        components.*,
        case when combinations.combination = 'any' then 1 else components.n_questions_answered end as n_questions_counted
    from components
    inner join combinations on components.strategy_component = combinations.strategy_component

),

pivoted as (

    select
        institution_key,
        {%- for component in components %}
        max(case when strategy_component = '{{ component }}' then component_value end) as {{ component }},
        {%- endfor %}
        count(component_value) as n_components_answered,
        count(case when strategy_component <> 'anchoring' then component_value end) as n_other_components_answered,
        {{ exact_mean('component_value') }} as mean_component_value,
        {{ exact_mean("case when strategy_component <> 'anchoring' then component_value end") }} as mean_other_component_value,
        {{ exact_weighted_mean('component_value', 'n_questions_counted') }} as mean_question_value
    from weighed
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
        case
            when pivoted.n_other_components_answered >= {{ var('strategy_minimum_components') }} - 1 then pivoted.mean_other_component_value
        end as strategy_index_without_anchoring,
        case
            when pivoted.n_components_answered >= {{ var('strategy_minimum_components') }} then pivoted.mean_question_value
        end as strategy_questions_mean,
        pivoted.anchoring = 1 as is_mobility_in_document,
        usage.mobilities_per_100_fte

    from pivoted
    inner join entities on pivoted.institution_key = entities.institution_key
    inner join institutions on pivoted.institution_key = institutions.institution_key
    left join usage on pivoted.institution_key = usage.institution_key

)

select * from final
