with

open_mobilities as (

    select * from {{ ref('fct_open_mobility') }}

),

mobilities as (

    select * from {{ ref('fct_mobility') }}

),

purposes as (

    select * from {{ ref('purpose') }}

),

periods as (

    select * from {{ ref('mart_open_data__year') }}

),

-- The open data do not know combined stays; they carry the activity of teaching or training.
published as (

    select
        year,
        purpose_key,
        sum(n_participants) as n_participants
    from open_mobilities
    group by year, purpose_key

),

-- By year of departure, whatever year the figures of the reports go by.
reported as (

    select
        departure_year as year,
        case when is_teaching then 'teaching' else 'training' end as purpose_key,
        sum(n_participants) as n_stays
    from mobilities
    group by departure_year, case when is_teaching then 'teaching' else 'training' end

),

keys as (

    select
        year,
        purpose_key
    from published
    union
    select
        year,
        purpose_key
    from reported

),

final as (

    select
        keys.year,
        keys.purpose_key,
        purposes.label_nb as purpose_label_nb,
        purposes.label_en as purpose_label_en,
        purposes.sort_order as purpose_sort_order,
        periods.layout,
        periods.extract_date,
        cast(published.n_participants as integer) as n_participants,
        cast(coalesce(reported.n_stays, 0) as integer) as n_report_stays,
        cast(published.n_participants - coalesce(reported.n_stays, 0) as integer) as participants_difference,
        {{ share('coalesce(reported.n_stays, 0)', 'published.n_participants') }} as report_share,
        periods.is_provisional

    from keys
    inner join purposes on keys.purpose_key = purposes.purpose_key
    left join periods on keys.year = periods.year
    left join published
        on keys.year = published.year
        and keys.purpose_key = published.purpose_key
    left join reported
        on keys.year = reported.year
        and keys.purpose_key = reported.purpose_key

)

select * from final
