with

identifiers as (

    select
        identifiers.institution_key,
        identifiers.identifier_type,
        {{ comparable_identifier('identifiers.identifier_type', 'identifiers.identifier') }} as identifier,
        coalesce(identifiers.valid_from, institutions.valid_from) as valid_from,
        coalesce(identifiers.valid_to, institutions.valid_to) as valid_to
    from {{ ref('institution_identifier') }} as identifiers
    inner join {{ ref('institution') }} as institutions on identifiers.institution_key = institutions.institution_key

)

select
    one.identifier_type,
    one.identifier,
    one.institution_key as one_institution,
    one.valid_from as one_valid_from,
    one.valid_to as one_valid_to,
    other.institution_key as other_institution,
    other.valid_from as other_valid_from,
    other.valid_to as other_valid_to
from identifiers as one
inner join identifiers as other
    on one.identifier_type = other.identifier_type
    and one.identifier = other.identifier
    and one.institution_key < other.institution_key
where
    coalesce(one.valid_from <= other.valid_to, true)
    and coalesce(other.valid_from <= one.valid_to, true)
