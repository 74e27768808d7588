-- Has use come back? Mean yearly rate 2016-2019 beside the rate of the newest year with staff FTE, provisional or not.

with

institution_years as (

    select * from {{ ref('mart_usage__institution_year') }}
    where
        sector = '{{ var("institution_sector") }}'
        and mobilities_per_100_fte is not null

),

newest as (

    select max(year) as newest_year from institution_years

)

select
    institution_years.short_name,
    avg(case when institution_years.year between 2016 and 2019 then institution_years.mobilities_per_100_fte end)
        as mean_rate_2016_2019,
    max(case when institution_years.year = newest.newest_year then institution_years.mobilities_per_100_fte end)
        as rate_newest_year,
    bool_or(institution_years.year = newest.newest_year and institution_years.is_provisional) as is_newest_year_provisional
from institution_years
cross join newest
group by institution_years.short_name
order by mean_rate_2016_2019 desc
