select
    extract_id,
    row_number,
    report_id,
    start_date,
    end_date,
    duration_days,
    extract_date
from {{ ref('int_reports_derived') }}
where
    end_date < start_date
    or start_date > extract_date
    or duration_days < 1
