with

dbh as (

    select
        dbh_code,
        merged_dbh_code
    from {{ ref('int_dbh_institutions_placed') }}
    where
        row_status = 'current'
        and merged_dbh_code is not null
    group by dbh_code, merged_dbh_code

),

-- DBH maps to the institutions of the day on which it is asked, whatever structure is chosen here.
newest_structure as (

    select max(lineage.structure_date) as structure_date
    from {{ ref('bridge_institution_lineage') }} as lineage
    inner join {{ ref('int_structure_date') }} as structure on lineage.structure_date <= structure.newest_extract_date

),

entities as (

    select
        identifiers.identifier as dbh_code,
        lineage.institution_key
    from {{ ref('institution_identifier') }} as identifiers
    inner join {{ ref('bridge_institution_lineage') }} as lineage
        on identifiers.institution_key = lineage.reporting_institution_key
        and lineage.is_main_institution
        and lineage.reported_to is null
    inner join newest_structure on lineage.structure_date = newest_structure.structure_date
    where identifiers.identifier_type = 'dbh_code'

)

select
    dbh.dbh_code,
    dbh.merged_dbh_code,
    former.institution_key as our_institution,
    successor.institution_key as dbh_institution
from dbh
left join entities as former on dbh.dbh_code = former.dbh_code
left join entities as successor on dbh.merged_dbh_code = successor.dbh_code
where
    former.institution_key is null
    or successor.institution_key is null
    or former.institution_key <> successor.institution_key
