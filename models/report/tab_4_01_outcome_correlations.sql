with

reports as (

    select * from {{ ref('mart_outcomes__report') }}

),

outcome_groups as (

    select * from {{ ref('outcome_group') }}

),

correlations as (

    select * from {{ ref('mart_statistics__correlation') }}
    where
        report_place = 'Table 4.1'
        and subset = 'all'

),

pairs as (

    {% set groups = outcome_group_keys() -%}
    {%- for later in range(1, groups | length) -%}
    {%- for earlier in range(later) -%}
    select
        '{{ groups[later] }}' as outcome_group,
        '{{ groups[earlier] }}' as other_outcome_group,
        {{ groups[later] }}_index as x,
        {{ groups[earlier] }}_index as y,
        n_participants
    from reports
    where
        {{ groups[later] }}_index is not null
        and {{ groups[earlier] }}_index is not null
    {% if (later, earlier) != (groups | length - 1, groups | length - 2) %}union all
    {% endif -%}
    {%- endfor -%}
    {%- endfor %}
),

{{ pearson_steps(['outcome_group', 'other_outcome_group']) }},

final as (

    select
        correlated.outcome_group,
        outcome_groups.label_nb as outcome_group_label_nb,
        outcome_groups.label_en as outcome_group_label_en,
        outcome_groups.sort_order as outcome_group_sort_order,
        correlated.other_outcome_group,
        other_outcome_groups.label_nb as other_outcome_group_label_nb,
        other_outcome_groups.label_en as other_outcome_group_label_en,
        other_outcome_groups.sort_order as other_outcome_group_sort_order,
        cast(correlated.n_pairs as double) as n_reports,
        correlated.pearson_r,
        correlations.p_value

    from correlated
    inner join outcome_groups on correlated.outcome_group = outcome_groups.outcome_group
    inner join outcome_groups as other_outcome_groups
        on correlated.other_outcome_group = other_outcome_groups.outcome_group
    left join correlations
        on correlated.outcome_group = correlations.y_variable
        and correlated.other_outcome_group = correlations.x_variable

)

select * from final
