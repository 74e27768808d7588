with

delivered as (

    select
        mobilities.year,
        mobilities.extract_id,
        extracts.file_name,
        extracts.layout,
        extracts.extract_date,
        count(*) as n_rows,
        sum(mobilities.n_participants) as n_participants
    from {{ ref('int_open_mobilities_versioned') }} as mobilities
    inner join {{ ref('stg_landing__extracts') }} as extracts on mobilities.extract_id = extracts.extract_id
    where mobilities.row_status = 'current'
    group by mobilities.year, mobilities.extract_id, extracts.file_name, extracts.layout, extracts.extract_date

),

years as (

    select * from {{ ref('int_open_years_delivered') }}
    where is_chosen

)

select
    delivered.year,
    delivered.file_name,
    twins.file_name as twin_file_name,
    delivered.n_rows,
    delivered.n_participants
from delivered
inner join delivered as twins
    on delivered.year = twins.year
    and delivered.layout = twins.layout
    and delivered.extract_date = twins.extract_date
    and delivered.extract_id < twins.extract_id
    and delivered.n_rows = twins.n_rows
    and delivered.n_participants = twins.n_participants
inner join years on delivered.year = years.year
-- A stray row each is no twin: together the two hold the year.
where delivered.n_participants >= {{ var('open_data_minimum_coverage') }} * years.n_participants / 2
