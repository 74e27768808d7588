with

dbh as (

    select
        dbh_code,
        merged_dbh_code
    from {{ ref('stg_dbh__institutions') }}
    where merged_dbh_code is not null
    group by dbh_code, merged_dbh_code

),

entities as (

    select
        identifiers.identifier as dbh_code,
        mapping.mapped_institution_key
    from {{ ref('institution_identifier') }} as identifiers
    inner join {{ ref('int_institutions_mapped') }} as mapping on identifiers.institution_key = mapping.institution_key
    where identifiers.identifier_type = 'dbh_code'

)

select
    dbh.dbh_code,
    dbh.merged_dbh_code,
    former.mapped_institution_key as our_institution,
    successor.mapped_institution_key as dbh_institution
from dbh
left join entities as former on dbh.dbh_code = former.dbh_code
left join entities as successor on dbh.merged_dbh_code = successor.dbh_code
where
    former.mapped_institution_key is null
    or successor.mapped_institution_key is null
    or former.mapped_institution_key <> successor.mapped_institution_key
