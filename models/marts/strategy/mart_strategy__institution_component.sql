with

answers as (

    select * from {{ ref('fct_survey_answer') }}

),

questions as (

    select * from {{ ref('dim_survey_question') }}

),

components as (

    select * from {{ ref('strategy_component') }}

),

institutions as (

    select distinct institution_key from answers

),

-- Entities that answered and have become one institution: it is heard with the mean of their answers.
heard as (

    select
        institution_key,
        question_key,
        {{ exact_mean('normed_value') }} as normed_value,
        max(normed_value) as largest_normed_value
    from answers
    group by institution_key, question_key

),

asked as (

    select
        institutions.institution_key,
        questions.strategy_component,
        components.combination,
        heard.normed_value,
        heard.largest_normed_value
    from institutions
    cross join questions
    inner join components on questions.strategy_component = components.strategy_component
    left join heard
        on institutions.institution_key = heard.institution_key
        and questions.question_key = heard.question_key

),

counted as (

    select
        institution_key,
        strategy_component,
        combination,
        count(*) as n_questions,
        count(normed_value) as n_questions_answered,
        {{ exact_mean('normed_value') }} as mean_normed_value,
        max(largest_normed_value) as largest_normed_value
    from asked
    group by institution_key, strategy_component, combination

),

final as (

    select
        institution_key,
        strategy_component,
        cast(n_questions as integer) as n_questions,
        cast(n_questions_answered as integer) as n_questions_answered,
        case
            when combination = 'any' then {{ any_said_yes('largest_normed_value', 'n_questions_answered', 'n_questions') }}
            when
                combination = 'mean'
                and n_questions_answered >= {{ var('strategy_minimum_answered_share') }} * n_questions
                then mean_normed_value
        end as component_value

    from counted

)

select * from final
