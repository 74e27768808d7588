with

institutions as (

    select * from {{ ref('institution') }}

),

lineage as (

    select * from {{ ref('bridge_institution_lineage') }}

),

clusters as (

    select * from {{ ref('institution_cluster') }}

),

structure as (

    select * from {{ ref('int_structure_date') }}

),

-- What the entity reports last counts for these institutions; the one that takes most of it is its main one.
homes as (

    select
        reporting_institution_key,
        institution_key
    from lineage
    where
        is_chosen_structure
        and reported_to is null
        and is_main_institution

),

-- A membership holds for the institution under its name of the day.
current_clusters as (

    select
        homes.institution_key,
        min(clusters.cluster) as cluster
    from clusters
    inner join homes on clusters.institution_key = homes.reporting_institution_key
    where clusters.valid_to is null
    group by homes.institution_key

),

final as (

    select
        institutions.institution_key,
        institutions.short_name,
        institutions.name_nb,
        institutions.name_en,
        institutions.kind,
        institutions.sector,
        homes.institution_key as mapped_institution_key,
        -- Present on the day of the structure: nobody has taken it over, it has begun and not ended.
        homes.institution_key = institutions.institution_key
        and coalesce(institutions.valid_from <= structure.structure_date, true)
        and coalesce(institutions.valid_to >= structure.structure_date, true) as is_present,
        current_clusters.cluster,
        institutions.valid_from,
        institutions.valid_to

    from institutions
    inner join homes on institutions.institution_key = homes.reporting_institution_key
    left join current_clusters on institutions.institution_key = current_clusters.institution_key
    cross join structure

)

select * from final
