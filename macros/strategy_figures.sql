{#- The figures of chapter 3 on the coordinators' survey. An entity's answer counts as it was given, for the institution of the
    structure that the entity belongs to; the institutions are those of the sector (var institution_sector). -#}

{% macro any_said_yes(largest_answer, n_answered, n_questions) -%}
    {#- One yes is enough (1); a no needs all of the questions (0); else it is not known. -#}
    case
        when {{ largest_answer }} = 1 then 1
        when {{ n_answered }} = {{ n_questions }} then 0
    end
{%- endmacro %}

{% macro labels_of_answers() -%}
{#- Imports: answer_scales. One label for each answer value of a question. #}
answer_labels as (

    select
        question_key,
        answer_value,
        min(answer_text_nb) as label_nb,
        min(answer_text_en) as label_en
    from answer_scales
    group by question_key, answer_value

)
{%- endmacro %}

{% macro answers_beside_rates() -%}
{#- Imports: answers, institutions (use over all years). Answers of the sector's institutions that have a rate. #}
rated as (

    select
        answers.question_key,
        answers.answer_value,
        institutions.mobilities_per_100_fte
    from answers
    inner join institutions on answers.institution_key = institutions.institution_key
    where
        institutions.sector = '{{ var("institution_sector") }}'
        and institutions.mobilities_per_100_fte is not null
        and answers.answer_value is not null

)
{%- endmacro %}

{% macro rate_by_answer(question_key) -%}
{#- Imports: answers, answer_scales, institutions (use over all years). #}
{{ labels_of_answers() }},

{{ answers_beside_rates() }},

averaged as (

    select
        question_key,
        answer_value,
        count(*) as n_institutions,
        {{ exact_mean('mobilities_per_100_fte') }} as mobilities_per_100_fte
    from rated
    where question_key = '{{ question_key }}'
    group by question_key, answer_value

),

final as (

    select
        averaged.answer_value,
        answer_labels.label_nb as answer_label_nb,
        answer_labels.label_en as answer_label_en,
        averaged.answer_value as answer_sort_order,
        cast(averaged.n_institutions as integer) as n_institutions,
        averaged.mobilities_per_100_fte

    from averaged
    inner join answer_labels
        on averaged.question_key = answer_labels.question_key
        and averaged.answer_value = answer_labels.answer_value

)
{%- endmacro %}

{% macro institutions_by_answer(components, most_active_first=false) -%}
{#- Imports: answers, answer_scales, questions, institutions (the dimension). The questions are those of the named components of
    the strategy index, in their own order or by falling mean answer. #}
{{ labels_of_answers() }},

counted as (

    select
        answers.question_key,
        answers.answer_value,
        count(*) as n_institutions
    from answers
    inner join institutions on answers.institution_key = institutions.institution_key
    where
        institutions.sector = '{{ var("institution_sector") }}'
        and answers.answer_value is not null
    group by answers.question_key, answers.answer_value

),

totalled as (

    select
        question_key,
        sum(n_institutions) as n_question_institutions,
        -- Whole numbers, so that the sums are exact.
        {{ share('sum(answer_value * n_institutions)', 'sum(n_institutions)') }} as mean_answer_value
    from counted
    group by question_key

),

ordered as (

    select
        totalled.question_key,
        totalled.n_question_institutions,
        totalled.mean_answer_value,
        questions.label_nb,
        questions.label_en,
        row_number() over (
            order by {{ "totalled.mean_answer_value desc, " if most_active_first }}questions.sort_order, totalled.question_key
        ) as question_sort_order
    from totalled
    inner join questions on totalled.question_key = questions.question_key
    where questions.strategy_component in ('{{ components | join("', '") }}')

),

final as (

    select
        ordered.question_key,
        ordered.label_nb as question_label_nb,
        ordered.label_en as question_label_en,
        cast(ordered.question_sort_order as integer) as question_sort_order,
        counted.answer_value,
        answer_labels.label_nb as answer_label_nb,
        answer_labels.label_en as answer_label_en,
        counted.answer_value as answer_sort_order,
        cast(counted.n_institutions as integer) as n_institutions,
        cast(ordered.n_question_institutions as integer) as n_question_institutions,
        {{ share('counted.n_institutions', 'ordered.n_question_institutions') }} as answer_share,
        ordered.mean_answer_value

    from counted
    inner join ordered on counted.question_key = ordered.question_key
    inner join answer_labels
        on counted.question_key = answer_labels.question_key
        and counted.answer_value = answer_labels.answer_value

)
{%- endmacro %}
