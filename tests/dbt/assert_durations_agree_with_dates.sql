select
    extract_id,
    row_number,
    report_id,
    start_date,
    end_date,
    duration_days
from {{ ref('int_reports_derived') }}
where duration_days > {{ dbt.datediff('start_date', 'end_date', 'day') }} + 1
