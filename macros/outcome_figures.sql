{#- The figures of chapter 4 on motives and outcomes. Reports count with their n_participants. -#}

{% macro outcome_indices(relation, columns) -%}
    {#- One row per row of the relation and outcome group that it has an index of; `columns` come along. -#}
    {%- for group in outcome_group_keys() %}
    select
        {%- for column in columns %}
        {{ column }},
        {%- endfor %}
        '{{ group }}' as outcome_group,
        {{ group }}_index as outcome_index,
        n_participants
    from {{ relation }}
    where {{ group }}_index is not null
    {{ "union all" if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{% macro outcomes_by(key, stem) -%}
{#- Imports: reports (mart_outcomes__report), outcome_groups, report_groups (key, label_nb, label_en, sort_order). `key` is the column
    that divides the reports, `stem` begins the names of its labels. Reports without a group or an index have no place in it. #}
indexed as (

    {{ outcome_indices('reports', [key]) }}

),

averaged as (

    select
        {{ key }},
        outcome_group,
        {{ exact_sum('n_participants') }} as n_reports,
        {{ exact_weighted_mean('outcome_index', 'n_participants') }} as person_mean
    from indexed
    group by {{ key }}, outcome_group

),

final as (

    select
        averaged.{{ key }},
        report_groups.label_nb as {{ stem }}_label_nb,
        report_groups.label_en as {{ stem }}_label_en,
        report_groups.sort_order as {{ stem }}_sort_order,
        averaged.outcome_group,
        outcome_groups.label_nb as outcome_group_label_nb,
        outcome_groups.label_en as outcome_group_label_en,
        outcome_groups.sort_order as outcome_group_sort_order,
        averaged.n_reports,
        averaged.person_mean

    from averaged
    inner join report_groups on averaged.{{ key }} = report_groups.{{ key }}
    inner join outcome_groups on averaged.outcome_group = outcome_groups.outcome_group

)
{%- endmacro %}

{% macro is_in_outcome_figures(institutions, surveyed) -%}
    {#- Condition on a relation with institution_key and sector: the institutions of figure 4.2 and table 4.2 (var
        outcome_institutions), of which `surveyed` holds those that answered the coordinators' survey. -#}
    {{ institutions }}.sector = '{{ var("institution_sector") }}'
    {%- if var('outcome_institutions') == 'surveyed' %}
    and {{ institutions }}.institution_key in (select answering.institution_key from {{ surveyed }} as answering)
    {%- endif %}
{%- endmacro %}

{% macro means_of_items(columns=[]) -%}
    {#- Imports: mobilities, answers. Mean of each item over its answers, over all stays or by columns of the stay. Answers without a value do not count. -#}
    select
        {%- for column in columns %}
        mobilities.{{ column }},
        {%- endfor %}
        answers.item_key,
        {{ exact_sum('mobilities.n_participants') }} as n_answers,
        {{ exact_weighted_mean('answers.answer_value', 'mobilities.n_participants') }} as mean_answer_value
    from answers
    inner join mobilities on answers.report_key = mobilities.report_key
    where answers.answer_value is not null
    group by {% for column in columns %}mobilities.{{ column }}, {% endfor %}answers.item_key
{%- endmacro %}
