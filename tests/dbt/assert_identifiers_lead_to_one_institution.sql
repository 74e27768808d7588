with

identifiers as (

    select
        institution_key,
        identifier_type,
        case when identifier_type = 'name' then {{ normalise_name('identifier') }} else identifier end as identifier
    from {{ ref('institution_identifier') }}

)

select
    identifiers.identifier_type,
    identifiers.identifier,
    count(distinct mapping.mapped_institution_key) as n_institutions,
    min(mapping.mapped_institution_key) as one_institution,
    max(mapping.mapped_institution_key) as other_institution
from identifiers
inner join {{ ref('int_institutions_mapped') }} as mapping on identifiers.institution_key = mapping.institution_key
inner join {{ ref('institution') }} as institutions on identifiers.institution_key = institutions.institution_key
cross join {{ ref('int_structure_date') }} as structure
where coalesce(institutions.valid_from <= structure.newest_extract_date, true)
group by identifiers.identifier_type, identifiers.identifier
having count(distinct mapping.mapped_institution_key) > 1
