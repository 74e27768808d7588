select
    reports.extract_id,
    reports.row_number,
    reports.report_id
from {{ ref('stg_beneficiary_module__participant_reports') }} as reports
left join {{ ref('stg_beneficiary_module__mobilities') }} as mobilities
    on reports.extract_id = mobilities.extract_id
    and reports.report_id = mobilities.report_id
    and mobilities.data_type = 'mobility'
where mobilities.report_id is null
