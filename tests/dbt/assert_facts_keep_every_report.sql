with

current_reports as (

    select count(*) as n_rows from {{ ref('int_reports_versioned') }}
    where row_status = 'current'

),

facts as (

    select count(*) as n_rows from {{ ref('fct_mobility') }}

)

select
    current_reports.n_rows as n_current_reports,
    facts.n_rows as n_facts
from current_reports
cross join facts
where current_reports.n_rows <> facts.n_rows
