{#- The figures and marts of chapter 2 on the use of the scheme, once for every fact of stays: the participant reports
    (fct_mobility) and the EU open data (fct_open_mobility). A model imports its fact as `mobilities` and what else the macro
    names; the macro gives the steps after the imports, the last of which is `final`. Stays are always a sum of
    n_participants: a row can stand for several persons, or for a part of one. -#}

{% macro stays_by_year_and_purpose() -%}
{#- Imports: mobilities, periods, purposes. #}
counted as (

    select
        year,
        purpose_key,
        sum(n_participants) as n_stays
    from mobilities
    group by year, purpose_key

),

final as (

    select
        counted.year,
        counted.purpose_key,
        purposes.label_nb as purpose_label_nb,
        purposes.label_en as purpose_label_en,
        purposes.sort_order as purpose_sort_order,
        cast(counted.n_stays as integer) as n_stays,
        periods.is_provisional

    from counted
    inner join purposes on counted.purpose_key = purposes.purpose_key
    inner join periods on counted.year = periods.year

)
{%- endmacro %}

{% macro duration_by_purpose() -%}
{#- Imports: mobilities, purposes, bins. Stays without a known duration have no place in it. #}
timed as (

    select
        purpose_key,
        duration_bin,
        duration_days,
        sum(n_participants) as n_stays
    from mobilities
    where duration_days is not null
    group by purpose_key, duration_bin, duration_days

),

counted as (

    select
        purpose_key,
        duration_bin,
        sum(n_stays) as n_stays
    from timed
    group by purpose_key, duration_bin

),

in_order as (

    select
        *,
        sum(n_stays) over (partition by purpose_key order by duration_days asc) as n_stays_so_far,
        sum(n_stays) over (partition by purpose_key) as n_purpose_stays
    from timed

),

per_purpose as (

    select
        purpose_key,
        max(n_purpose_stays) as n_purpose_stays,
        -- Days are whole numbers, so the sum is exact.
        sum(duration_days * n_stays) as n_purpose_days,
        -- The median of the stays, not of the rows: where half of them is reached, and where it is passed.
        (
            min(case when 2 * n_stays_so_far >= n_purpose_stays then duration_days end)
            + min(case when 2 * n_stays_so_far > n_purpose_stays then duration_days end)
        ) as twice_median_days
    from in_order
    group by purpose_key

),

final as (

    select
        counted.purpose_key,
        purposes.label_nb as purpose_label_nb,
        purposes.label_en as purpose_label_en,
        purposes.sort_order as purpose_sort_order,
        counted.duration_bin,
        bins.label_nb as duration_bin_label_nb,
        bins.label_en as duration_bin_label_en,
        bins.sort_order as duration_bin_sort_order,
        cast(counted.n_stays as integer) as n_stays,
        {{ share('counted.n_stays', 'per_purpose.n_purpose_stays') }} as purpose_share,
        {{ share('per_purpose.n_purpose_days', 'per_purpose.n_purpose_stays') }} as purpose_mean_days,
        {{ share('per_purpose.twice_median_days', '2') }} as purpose_median_days

    from counted
    inner join per_purpose on counted.purpose_key = per_purpose.purpose_key
    inner join purposes on counted.purpose_key = purposes.purpose_key
    inner join bins on counted.duration_bin = bins.duration_group

)
{%- endmacro %}

{% macro countries_by_purpose() -%}
{#- Imports: mobilities, countries, purposes. #}
counted as (

    select
        country_code,
        purpose_key,
        sum(n_participants) as n_stays
    from mobilities
    group by country_code, purpose_key

),

totalled as (

    select
        *,
        sum(n_stays) over (partition by country_code) as n_country_stays,
        sum(n_stays) over () as n_sector_stays
    from counted

),

final as (

    select
        totalled.country_code,
        countries.name_nb as country_name_nb,
        countries.name_en as country_name_en,
        totalled.purpose_key,
        purposes.label_nb as purpose_label_nb,
        purposes.label_en as purpose_label_en,
        purposes.sort_order as purpose_sort_order,
        cast(totalled.n_stays as integer) as n_stays,
        cast(totalled.n_country_stays as integer) as n_country_stays,
        {{ share('totalled.n_country_stays', 'totalled.n_sector_stays') }} as country_share

    from totalled
    inner join countries on totalled.country_code = countries.country_code
    inner join purposes on totalled.purpose_key = purposes.purpose_key
    where totalled.n_country_stays > {{ var('country_minimum_stays') }}

)
{%- endmacro %}

{% macro regions_by_purpose() -%}
{#- Imports: mobilities, countries, regions, purposes. #}
counted as (

    select
        countries.region_key,
        mobilities.purpose_key,
        sum(mobilities.n_participants) as n_stays
    from mobilities
    inner join countries on mobilities.country_code = countries.country_code
    group by countries.region_key, mobilities.purpose_key

),

totalled as (

    select
        *,
        sum(n_stays) over (partition by region_key) as n_region_stays,
        sum(n_stays) over () as n_sector_stays
    from counted

),

final as (

    select
        totalled.region_key,
        regions.label_nb as region_label_nb,
        regions.label_en as region_label_en,
        regions.sort_order as region_sort_order,
        totalled.purpose_key,
        purposes.label_nb as purpose_label_nb,
        purposes.label_en as purpose_label_en,
        purposes.sort_order as purpose_sort_order,
        cast(totalled.n_stays as integer) as n_stays,
        cast(totalled.n_region_stays as integer) as n_region_stays,
        {{ share('totalled.n_stays', 'totalled.n_region_stays') }} as purpose_share,
        {{ share('totalled.n_region_stays', 'totalled.n_sector_stays') }} as region_share

    from totalled
    inner join regions on totalled.region_key = regions.region_key
    inner join purposes on totalled.purpose_key = purposes.purpose_key

)
{%- endmacro %}

{% macro stays_by_institution_and_purpose() -%}
{#- Imports: mobilities, institutions (use over all years), purposes. #}
counted as (

    select
        institution_key,
        purpose_key,
        {{ exact_sum('n_participants') }} as n_stays
    from mobilities
    group by institution_key, purpose_key

),

final as (

    select
        counted.institution_key,
        institutions.short_name,
        institutions.name_nb as institution_name_nb,
        institutions.name_en as institution_name_en,
        counted.purpose_key,
        purposes.label_nb as purpose_label_nb,
        purposes.label_en as purpose_label_en,
        purposes.sort_order as purpose_sort_order,
        counted.n_stays,
        institutions.n_stays as n_institution_stays,
        institutions.stay_share as institution_share

    from counted
    inner join institutions on counted.institution_key = institutions.institution_key
    inner join purposes on counted.purpose_key = purposes.purpose_key
    where institutions.sector = '{{ var("institution_sector") }}'

)
{%- endmacro %}

{% macro rate_by_institution() -%}
{#- Imports: institutions (use over all years). #}
final as (

    select
        institution_key,
        short_name,
        name_nb as institution_name_nb,
        name_en as institution_name_en,
        n_stays,
        n_years_with_fte,
        mobilities_per_100_fte

    from institutions
    where
        sector = '{{ var("institution_sector") }}'
        and mobilities_per_100_fte is not null

)
{%- endmacro %}

{% macro use_by_institution_and_year(knows_persons=true) -%}
{#- Imports: mobilities, staff, institutions, periods. Years that are not among the periods do not count: without a source
    of stays for a year, staff of that year would be a rate of zero. #}
stays as (

    select
        institution_key,
        year,
        {{ exact_sum('n_participants') }} as n_stays,
        {{ exact_sum("case when purpose_key = 'teaching' then n_participants else 0 end") }} as n_teaching_stays,
        {{ exact_sum("case when purpose_key = 'training' then n_participants else 0 end") }} as n_training_stays,
        {{ exact_sum("case when purpose_key = 'combined' then n_participants else 0 end") }} as n_combined_stays
        {%- if knows_persons %},
        {{ exact_sum('case when is_reuse then n_participants else 0 end') }} as n_reuse_stays
        {%- endif %}
    from mobilities
    group by institution_key, year

),

fte as (

    select
        institution_key,
        year,
        {{ exact_sum('fte') }} as staff_fte
    from staff
    where not is_secondary_position
    group by institution_key, year

),

-- A year counts for an institution if it has stays or staff: no stays with staff is a rate of zero.
institution_years as (

    select
        institution_key,
        year
    from stays
    union
    select
        institution_key,
        year
    from fte

),

final as (

    select
        institution_years.institution_key,
        institution_years.year,
        institutions.short_name,
        institutions.sector,
        institutions.cluster,
        coalesce(stays.n_stays, 0) as n_stays,
        coalesce(stays.n_teaching_stays, 0) as n_teaching_stays,
        coalesce(stays.n_training_stays, 0) as n_training_stays,
        coalesce(stays.n_combined_stays, 0) as n_combined_stays,
        {%- if knows_persons %}
        coalesce(stays.n_reuse_stays, 0) as n_reuse_stays,
        {%- endif %}
        fte.staff_fte,
        100 * {{ share('coalesce(stays.n_stays, 0)', 'fte.staff_fte') }} as mobilities_per_100_fte,
        periods.is_provisional

    from institution_years
    inner join institutions on institution_years.institution_key = institutions.institution_key
    inner join periods on institution_years.year = periods.year
    left join stays
        on institution_years.institution_key = stays.institution_key
        and institution_years.year = stays.year
    left join fte
        on institution_years.institution_key = fte.institution_key
        and institution_years.year = fte.year

)
{%- endmacro %}

{% macro use_by_institution(knows_persons=true) -%}
{#- Imports: institution_years, institutions. #}
totals as (

    select
        institution_key,
        {{ exact_sum('n_stays') }} as n_stays,
        {%- if knows_persons %}
        {{ exact_sum('n_reuse_stays') }} as n_reuse_stays,
        {%- endif %}
        count(mobilities_per_100_fte) as n_years_with_fte,
        -- First the rate of each year, then the mean of the yearly rates; a year without staff has no rate.
        {{ exact_mean('mobilities_per_100_fte') }} as mobilities_per_100_fte
    from institution_years
    group by institution_key

),

sector as (

    select {{ exact_sum('n_stays') }} as n_sector_stays from totals

),

final as (

    select
        totals.institution_key,
        institutions.short_name,
        institutions.name_nb,
        institutions.name_en,
        institutions.sector,
        institutions.cluster,
        totals.n_stays,
        {{ share('totals.n_stays', 'sector.n_sector_stays') }} as stay_share,
        {%- if knows_persons %}
        totals.n_reuse_stays,
        {{ share('totals.n_reuse_stays', 'totals.n_stays') }} as reuse_share,
        {%- endif %}
        cast(totals.n_years_with_fte as integer) as n_years_with_fte,
        totals.mobilities_per_100_fte

    from totals
    inner join institutions on totals.institution_key = institutions.institution_key
    cross join sector

)
{%- endmacro %}
