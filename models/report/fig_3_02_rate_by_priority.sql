with

answers as (

    select * from {{ ref('fct_survey_answer') }}

),

answer_scales as (

    select * from {{ ref('survey_answer_scale') }}

),

institutions as (

    select * from {{ ref('mart_usage__institution') }}

),

{{ rate_by_answer('priority_compared') }}

select * from final
