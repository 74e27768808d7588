with

answers as (

    select * from {{ ref('fct_survey_answer') }}

),

questions as (

    select * from {{ ref('dim_survey_question') }}

),

institutions as (

    select * from {{ ref('mart_usage__institution') }}

),

correlations as (

    select * from {{ ref('mart_statistics__correlation') }}
    where
        report_place = 'Table 3.1'
        and subset = 'all'

),

{{ answers_beside_rates() }},

pairs as (

    select
        rated.question_key,
        rated.answer_value as x,
        rated.mobilities_per_100_fte as y,
        -- Every institution counts once, whatever its size.
        1 as n_participants
    from rated
    inner join questions on rated.question_key = questions.question_key
    where questions.strategy_component = 'strategic_use'

),

{{ pearson_steps(['question_key']) }},

final as (

    select
        correlated.question_key,
        questions.label_nb as question_label_nb,
        questions.label_en as question_label_en,
        questions.sort_order as question_sort_order,
        cast(correlated.n_pairs as integer) as n_institutions,
        correlated.pearson_r,
        correlations.p_value

    from correlated
    inner join questions on correlated.question_key = questions.question_key
    left join correlations
        on 'answer_' || correlated.question_key = correlations.x_variable_key
        and correlated.n_pairs = correlations.n_observations

)

select * from final
