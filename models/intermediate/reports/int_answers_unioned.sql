with

reports as (

    select * from {{ ref('int_reports_derived') }}

),

mobility_tool as (

    select * from {{ ref('stg_mobility_tool__answers') }}

),

beneficiary_module as (

    select * from {{ ref('stg_beneficiary_module__answers') }}

),

-- The row of the file that stands for the report is the one whose answers count.
from_mobility_tool as (

    select
        reports.report_key,
        reports.source_system,
        mobility_tool.question_key,
        mobility_tool.answer_text
    from mobility_tool
    inner join reports
        on mobility_tool.extract_id = reports.extract_id
        and mobility_tool.row_number = reports.row_number
        and reports.source_system = 'mobility_tool'

),

beneficiary_module_ranked as (

    select
        *,
        row_number() over (
            partition by extract_id, report_id, question_key order by row_number desc
        ) as rank_in_extract
    from beneficiary_module

),

from_beneficiary_module as (

    select
        reports.report_key,
        reports.source_system,
        beneficiary_module_ranked.question_key,
        beneficiary_module_ranked.answer_text
    from beneficiary_module_ranked
    inner join reports
        on beneficiary_module_ranked.extract_id = reports.extract_id
        and beneficiary_module_ranked.report_id = reports.report_id
        and reports.source_system = 'beneficiary_module'
    where beneficiary_module_ranked.rank_in_extract = 1

),

final as (

    select * from from_mobility_tool
    union all
    select * from from_beneficiary_module

)

select * from final
