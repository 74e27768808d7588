with

reports as (

    select * from {{ ref('int_reports_derived') }}

),

answers as (

    select * from {{ ref('int_answers_delivered') }}

),

extracts as (

    select * from {{ ref('stg_landing__extracts') }}

),

question_versions as (

    select * from {{ ref('question_version') }}

),

final as (

    select
        reports.report_key,
        reports.source_system,
        answers.question_key,
        answers.answer_text,
        -- Who has not been asked has not refused to answer. An answer shows that the question was asked, whatever the list says.
        coalesce(question_versions.is_asked, true) or answers.answer_text is not null as is_asked

    from answers
    inner join reports
        on answers.extract_id = reports.extract_id
        and answers.report_key = reports.report_key
    inner join extracts on answers.extract_id = extracts.extract_id
    left join question_versions
        on extracts.layout = question_versions.layout
        and answers.question_key = question_versions.question_key

)

select * from final
