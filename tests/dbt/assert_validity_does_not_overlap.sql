with

periods as (

    select
        'institution_identifier' as seed,
        institution_key,
        identifier_type || ' ' || identifier as what,
        valid_from,
        valid_to
    from {{ ref('institution_identifier') }}
    union all
    select
        'institution_cluster' as seed,
        institution_key,
        'cluster' as what,
        valid_from,
        valid_to
    from {{ ref('institution_cluster') }}
    union all
    select
        'institution' as seed,
        institution_key,
        short_name as what,
        valid_from,
        valid_to
    from {{ ref('institution') }}

),

ordered as (

    select
        *,
        lead(coalesce(valid_from, date '0001-01-01')) over (
            partition by seed, institution_key, what order by valid_from asc nulls first, valid_to asc nulls last
        ) as next_valid_from
    from periods

)

select
    seed,
    institution_key,
    what,
    valid_from,
    valid_to,
    next_valid_from
from ordered
where
    valid_to < valid_from
    or next_valid_from <= coalesce(valid_to, date '9999-12-31')
