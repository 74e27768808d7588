with

current_reports as (

    select report_key from {{ ref('int_reports_versioned') }}
    where row_status = 'current'

),

facts as (

    select
        report_key,
        sum(n_participants) as n_participants
    from {{ ref('fct_mobility') }}
    group by report_key

)

select
    coalesce(current_reports.report_key, facts.report_key) as report_key,
    facts.n_participants
from current_reports
full outer join facts on current_reports.report_key = facts.report_key
where
    current_reports.report_key is null
    or facts.n_participants is null
    or facts.n_participants <> 1
