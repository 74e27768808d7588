with

stays as (

    select
        periods.programme_period,
        sum(mobilities.n_participants) as n_stays
    from {{ ref('fct_mobility') }} as mobilities
    left join {{ ref('programme_period') }} as periods
        on mobilities.call_year between periods.first_call_year and periods.last_call_year
    group by periods.programme_period

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
    progress.n_stays is null
    or stays.n_stays <> progress.n_stays
