with

answers as (

    select * from {{ ref('fct_survey_answer') }}

),

answer_scales as (

    select * from {{ ref('survey_answer_scale') }}

),

questions as (

    select * from {{ ref('dim_survey_question') }}

),

institutions as (

    select * from {{ ref('dim_institution') }}

),

{{ institutions_by_answer(['strategic_use'], most_active_first=true) }}

select * from final
