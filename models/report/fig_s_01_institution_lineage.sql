with

institutions as (

    select * from {{ ref('dim_institution') }}

),

events as (

    select * from {{ ref('int_institution_events_checked') }}
    where
        is_ending
        and not is_on_cycle

),

entity_years as (

    select * from {{ ref('mart_structure__entity_year') }}

),

structure as (

    select * from {{ ref('int_structure_date') }}

),

-- The time-line begins with the year before the first event of the reform.
first_day as (

    select cast({{ dbt.dateadd('year', -1, dbt.date_trunc('year', 'min(event_date)')) }} as date) as timeline_from
    from events

),

-- A split has several successors: the one that takes most stands in the picture, all stand in the adjacency list.
ranked_events as (

    select
        *,
        row_number() over (partition by from_institution_key order by weight desc, to_institution_key asc) as weight_rank
    from events

),

main_events as (

    select
        ranked_events.from_institution_key,
        ranked_events.event_date,
        ranked_events.event_kind,
        ranked_events.to_institution_key
    from ranked_events
    cross join structure
    where
        ranked_events.weight_rank = 1
        and ranked_events.event_date <= structure.structure_date

),

by_year as (

    select
        reporting_institution_key,
        year,
        {{ exact_sum('n_stays') }} as n_stays,
        {{ exact_sum('staff_fte') }} as staff_fte
    from entity_years
    group by reporting_institution_key, year

),

by_entity as (

    select
        reporting_institution_key,
        {{ exact_sum('n_stays') }} as n_stays,
        {{ exact_mean('staff_fte') }} as mean_staff_fte
    from by_year
    group by reporting_institution_key

),

entities as (

    select
        institutions.*,
        count(institutions.institution_key) over (partition by institutions.mapped_institution_key) as n_entities
    from institutions
    where institutions.sector = '{{ var("institution_sector") }}'

),

final as (

    select
        homes.institution_key,
        homes.short_name as institution_short_name,
        homes.name_nb as institution_name_nb,
        homes.name_en as institution_name_en,
        entities.institution_key as reporting_institution_key,
        entities.short_name as entity_short_name,
        entities.name_nb as entity_name_nb,
        entities.name_en as entity_name_en,
        entities.valid_from,
        entities.valid_to,
        main_events.event_date,
        main_events.event_kind,
        successors.short_name as successor_short_name,
        coalesce(by_entity.n_stays, 0) as n_stays,
        by_entity.mean_staff_fte,
        case
            when entities.valid_from > first_day.timeline_from then entities.valid_from
            else first_day.timeline_from
        end as timeline_from,
        case
            when entities.valid_to < structure.newest_extract_date then entities.valid_to
            else structure.newest_extract_date
        end as timeline_to,
        entities.n_entities > 1 as is_reformed

    from entities
    inner join institutions as homes on entities.mapped_institution_key = homes.institution_key
    cross join structure
    cross join first_day
    left join main_events on entities.institution_key = main_events.from_institution_key
    left join institutions as successors on main_events.to_institution_key = successors.institution_key
    left join by_entity on entities.institution_key = by_entity.reporting_institution_key
    -- What begins after the newest extract has nothing to show yet.
    where coalesce(entities.valid_from <= structure.newest_extract_date, true)

)

select * from final
