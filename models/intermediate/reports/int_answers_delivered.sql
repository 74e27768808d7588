with

versions as (

    select * from {{ ref('int_report_versions_ranked') }}
    where is_version

),

mobility_tool as (

    select * from {{ ref('stg_mobility_tool__answers') }}

),

beneficiary_module as (

    select * from {{ ref('stg_beneficiary_module__answers') }}

),

module_mobilities as (

    select * from {{ ref('int_module_mobilities_reported') }}

),

-- The row of the file that stands for the report is the one whose answers count.
from_mobility_tool as (

    select
        versions.report_key,
        versions.source_system,
        versions.extract_id,
        mobility_tool.question_key,
        mobility_tool.answer_text
    from mobility_tool
    inner join versions
        on mobility_tool.extract_id = versions.extract_id
        and mobility_tool.row_number = versions.row_number
        and versions.source_system = 'mobility_tool'

),

from_beneficiary_module as (

    select
        versions.report_key,
        versions.source_system,
        versions.extract_id,
        beneficiary_module.question_key,
        beneficiary_module.answer_text
    from versions
    inner join module_mobilities
        on versions.extract_id = module_mobilities.extract_id
        and versions.row_number = module_mobilities.row_number
        and versions.source_system = 'beneficiary_module'
    inner join beneficiary_module
        on module_mobilities.extract_id = beneficiary_module.extract_id
        and module_mobilities.report_row_number = beneficiary_module.row_number

),

final as (

    select * from from_mobility_tool
    union all
    select * from from_beneficiary_module

)

select * from final
