with

stays as (

    select
        programme_period,
        sum(n_participants) as n_stays
    from {{ ref('fct_mobility') }}
    left join {{ ref('programme_period') }}
        on call_year between first_call_year and last_call_year
    group by programme_period

),

progress as (

    select
        programme_period,
        sum(n_stays) as n_stays
    from {{ ref('int_programme_starts_counted') }}
    group by programme_period

)

select
    stays.programme_period,
    stays.n_stays as n_stays_in_facts,
    progress.n_stays as n_stays_in_progress
from stays
left join progress on stays.programme_period = progress.programme_period
where
    stays.n_stays <> progress.n_stays
    or progress.n_stays is null
