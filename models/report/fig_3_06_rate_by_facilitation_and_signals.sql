with

answers as (

    select * from {{ ref('fct_survey_answer') }}

),

questions as (

    select * from {{ ref('dim_survey_question') }}

),

levels as (

    select * from {{ ref('answer_level') }}

),

institutions as (

    select * from {{ ref('mart_usage__institution') }}

),

{{ answers_beside_rates() }},

averaged as (

    select
        rated.question_key,
        levels.level_key,
        levels.label_nb,
        levels.label_en,
        levels.level_sort_order,
        count(*) as n_institutions,
        {{ exact_mean('rated.mobilities_per_100_fte') }} as mobilities_per_100_fte
    from rated
    inner join levels on rated.answer_value = levels.answer_value
    group by rated.question_key, levels.level_key, levels.label_nb, levels.label_en, levels.level_sort_order

),

final as (

    select
        averaged.question_key,
        questions.label_nb as question_label_nb,
        questions.label_en as question_label_en,
        questions.sort_order as question_sort_order,
        averaged.level_key,
        averaged.label_nb as level_label_nb,
        averaged.label_en as level_label_en,
        averaged.level_sort_order,
        cast(averaged.n_institutions as integer) as n_institutions,
        averaged.mobilities_per_100_fte

    from averaged
    inner join questions on averaged.question_key = questions.question_key
    where questions.strategy_component in ('facilitation', 'leadership_signals')

)

select * from final
