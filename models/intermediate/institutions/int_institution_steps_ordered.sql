{#- What happens to each entity, step by step: where its parts are from each event on. -#}

with

events as (

    select * from {{ ref('int_institution_events_checked') }}
    where not is_on_cycle

),

endings as (

    select
        from_institution_key,
        min(event_date) as ending_date
    from events
    where is_ending
    group by from_institution_key

),

-- An entity ends once, and nothing can be taken out of it afterwards.
effective as (

    select events.*
    from events
    left join endings on events.from_institution_key = endings.from_institution_key
    where
        (events.is_ending and events.event_date = endings.ending_date)
        or (not events.is_ending and (endings.ending_date is null or events.event_date < endings.ending_date))

),

-- What a transfer does not take stays where it was.
remainders as (

    select
        event_date,
        is_ending,
        from_institution_key,
        from_institution_key as to_institution_key,
        1 - sum(weight) as weight
    from effective
    where not is_ending
    group by event_date, is_ending, from_institution_key

),

parts as (

    select
        event_date,
        is_ending,
        from_institution_key,
        to_institution_key,
        weight
    from effective
    union all
    select * from remainders

),

step_dates as (

    select
        from_institution_key,
        event_date,
        lag(event_date) over (partition by from_institution_key order by event_date asc) as previous_step_date
    from parts
    group by from_institution_key, event_date

),

final as (

    select
        parts.from_institution_key,
        parts.event_date as step_date,
        step_dates.previous_step_date,
        parts.is_ending,
        parts.to_institution_key,
        cast(parts.weight as decimal(9, 6)) as weight

    from parts
    inner join step_dates
        on parts.from_institution_key = step_dates.from_institution_key
        and parts.event_date = step_dates.event_date

)

select * from final
