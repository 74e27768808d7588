with

extracts as (

    select distinct
        source_system,
        layout
    from {{ ref('stg_landing__extracts') }}

),

questionnaires as (

    select distinct source_system from {{ ref('questionnaire_version') }}

),

questions as (

    select question_key from {{ ref('dim_motive') }}
    union all
    select item_key as question_key from {{ ref('dim_outcome_item') }}

),

question_versions as (

    select * from {{ ref('question_version') }}

)

select
    extracts.layout,
    questions.question_key
from extracts
inner join questionnaires on extracts.source_system = questionnaires.source_system
cross join questions
left join question_versions
    on extracts.layout = question_versions.layout
    and questions.question_key = question_versions.question_key
where question_versions.layout is null
