with

countries as (

    select * from {{ ref('country') }}

),

regions as (

    select * from {{ ref('region') }}

),

classified as (

    select
        *,
        -- The first rule that fits decides: Slovenia lies by the Mediterranean and is East, Finland is Nordic.
        case
            when is_former_eastern_europe then 'eastern'
            when is_nordic then 'nordic'
            when is_mediterranean_coast_or_portugal and is_programme_country then 'southern'
            when is_programme_country then 'northern'
            else 'other'
        end as region_key
    from countries

),

final as (

    select
        classified.country_code,
        classified.iso2_code,
        classified.name_nb,
        classified.name_en,
        classified.is_programme_country,
        classified.region_key,
        regions.label_nb as region_label_nb,
        regions.label_en as region_label_en,
        regions.sort_order as region_sort_order

    from classified
    left join regions on classified.region_key = regions.region_key

)

select * from final
