with

events as (

    select
        *,
        event_kind <> 'transfer' as is_ending
    from {{ ref('institution_event') }}

),

totals as (

    select
        from_institution_key,
        is_ending,
        -- An entity ends once, whatever becomes of it; transfers can come one after the other.
        case when is_ending then cast(null as date) else event_date end as transfer_date,
        count(distinct event_date) as n_dates,
        min(weight) as least_weight,
        sum(weight) as total_weight
    from events
    group by from_institution_key, is_ending, case when is_ending then cast(null as date) else event_date end

)

select *
from totals
where
    n_dates > 1
    or least_weight <= 0
    or (is_ending and total_weight <> 1)
    or (not is_ending and total_weight >= 1)
