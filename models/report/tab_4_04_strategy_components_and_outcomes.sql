with

reports as (

    select * from {{ ref('mart_outcomes__report') }}

),

components as (

    select * from {{ ref('strategy_component') }}

),

outcome_groups as (

    select * from {{ ref('outcome_group') }}

),

correlations as (

    select * from {{ ref('mart_statistics__correlation') }}
    where
        report_place = 'Table 4.4'
        and subset = 'all'

),

indexed as (

    {{ outcome_indices('reports', strategy_component_keys()) }}

),

pairs as (

    {% for component in strategy_component_keys() -%}
    select
        '{{ component }}' as strategy_component,
        outcome_group,
        {{ component }} as x,
        outcome_index as y,
        n_participants
    from indexed
    where {{ component }} is not null
    {% if not loop.last %}union all
    {% endif -%}
    {%- endfor %}
),

{{ pearson_steps(['strategy_component', 'outcome_group']) }},

final as (

    select
        correlated.strategy_component,
        components.label_nb as strategy_component_label_nb,
        components.label_en as strategy_component_label_en,
        components.sort_order as strategy_component_sort_order,
        correlated.outcome_group,
        outcome_groups.label_nb as outcome_group_label_nb,
        outcome_groups.label_en as outcome_group_label_en,
        outcome_groups.sort_order as outcome_group_sort_order,
        cast(correlated.n_pairs as double) as n_reports,
        correlated.pearson_r,
        correlations.p_value

    from correlated
    inner join components on correlated.strategy_component = components.strategy_component
    inner join outcome_groups on correlated.outcome_group = outcome_groups.outcome_group
    left join correlations
        on correlated.outcome_group = correlations.y_variable
        and correlated.strategy_component = correlations.x_variable

)

select * from final
