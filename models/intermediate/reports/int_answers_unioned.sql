with

reports as (

    select * from {{ ref('int_reports_derived') }}

),

answers as (

    select * from {{ ref('int_answers_delivered') }}

),

final as (

    select
        reports.report_key,
        reports.source_system,
        answers.question_key,
        answers.answer_text

    from answers
    inner join reports
        on answers.extract_id = reports.extract_id
        and answers.report_key = reports.report_key

)

select * from final
