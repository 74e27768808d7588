{#- A variable that is a column of a mart of institutions has the name of the column, and its label. -#}
{%- set columns_of = {
    'usage': ['mobilities_per_100_fte', 'reuse_share'],
    'institutions': ['cluster'],
    'strategies': strategy_component_keys() + ['strategy_index', 'strategy_index_without_anchoring', 'strategy_questions_mean'],
} %}

with

institutions as (

    select * from {{ ref('dim_institution') }}

),

usage as (

    select * from {{ ref('mart_usage__institution') }}

),

strategies as (

    select * from {{ ref('mart_strategy__institution') }}

),

indicator_values as (

    select * from {{ ref('fct_institution_indicator') }}
    where is_current_value

),

indicators as (

    select * from {{ ref('dim_indicator') }}

),

answers as (

    select * from {{ ref('fct_survey_answer') }}

),

questions as (

    select * from {{ ref('dim_survey_question') }}

),

column_labels as (

    select * from {{ ref('column_label') }}

),

columns_as_rows as (

    {%- for relation, columns in columns_of.items() %}
    {%- set is_last_relation = loop.last %}
    {%- for column in columns %}
    select
        institution_key,
        '{{ column }}' as variable_key,
        cast({{ column }} as double) as variable_value
    from {{ relation }}
    {{ "union all" if not (is_last_relation and loop.last) }}
    {%- endfor %}
    {%- endfor %}

),

of_columns as (

    select
        columns_as_rows.institution_key,
        columns_as_rows.variable_key,
        columns_as_rows.variable_value,
        column_labels.label_nb,
        column_labels.label_en
    from columns_as_rows
    left join column_labels on columns_as_rows.variable_key = column_labels.column_name

),

of_indicators as (

    select
        indicator_values.institution_key,
        indicator_values.indicator_key as variable_key,
        cast(indicator_values.indicator_value as double) as variable_value,
        indicators.label_nb,
        indicators.label_en
    from indicator_values
    left join indicators on indicator_values.indicator_key = indicators.indicator_key

),

-- As table 3.1 reads them, on the scale of the question; entities that have become one institution give their mean.
heard as (

    select
        institution_key,
        question_key,
        {{ exact_mean('answer_value') }} as mean_answer_value
    from answers
    group by institution_key, question_key

),

of_answers as (

    select
        heard.institution_key,
        'answer_' || heard.question_key as variable_key,
        heard.mean_answer_value as variable_value,
        questions.label_nb,
        questions.label_en
    from heard
    left join questions on heard.question_key = questions.question_key

),

gathered as (

    select * from of_columns
    union all
    select * from of_indicators
    union all
    select * from of_answers

),

final as (

    select
        gathered.institution_key,
        gathered.variable_key,
        gathered.variable_value,
        gathered.label_nb,
        gathered.label_en

    from gathered
    inner join institutions on gathered.institution_key = institutions.institution_key
    where
        institutions.sector = '{{ var("institution_sector") }}'
        and gathered.variable_value is not null

)

select * from final
