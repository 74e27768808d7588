with

institutions as (

    select * from {{ ref('institution') }}

),

mapping as (

    select * from {{ ref('int_institutions_mapped') }}

),

clusters as (

    select * from {{ ref('institution_cluster') }}

),

structure as (

    select * from {{ ref('int_structure_date') }}

),

current_clusters as (

    select
        institution_key,
        cluster
    from clusters
    where valid_to is null

),

entities as (

    select
        institutions.institution_key,
        institutions.short_name,
        institutions.name_nb,
        institutions.name_en,
        institutions.kind,
        institutions.sector,
        mapping.mapped_institution_key,
        -- Present on the day of the structure: nobody has taken it over, it has begun and not ended.
        mapping.n_steps = 0
        and coalesce(institutions.valid_from <= structure.structure_date, true)
        and coalesce(institutions.valid_to >= structure.structure_date, true) as is_present,
        current_clusters.cluster,
        institutions.valid_from,
        institutions.valid_to

    from institutions
    inner join mapping on institutions.institution_key = mapping.institution_key
    left join current_clusters on institutions.institution_key = current_clusters.institution_key
    cross join structure

),

unknown_member as (

    select
        'unknown' as institution_key,
        '?' as short_name,
        'Ukjent institusjon' as name_nb,
        'Unknown institution' as name_en,
        'unknown' as kind,
        'outside' as sector,
        'unknown' as mapped_institution_key,
        true as is_present,
        cast(null as integer) as cluster,
        cast(null as date) as valid_from,
        cast(null as date) as valid_to

),

final as (

    select * from entities
    union all
    select * from unknown_member

)

select * from final
