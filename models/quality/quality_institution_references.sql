with

refs as (

    select * from {{ ref('int_institution_references_resolved') }}

),

identifiers as (

    select * from {{ ref('institution_identifier') }}

),

institutions as (

    select * from {{ ref('dim_institution') }}

),

names as (

    select
        {{ normalise_name('identifiers.identifier') }} as comparable_name,
        institutions.mapped_institution_key
    from identifiers
    inner join institutions on identifiers.institution_key = institutions.institution_key
    where identifiers.identifier_type = 'name'
    group by {{ normalise_name('identifiers.identifier') }}, institutions.mapped_institution_key

),

collected as (

    select
        source_system,
        erasmus_code,
        oid,
        pic,
        dbh_code,
        name as institution_name,
        {{ normalise_name('name') }} as comparable_name,
        institution_key,
        matched_by,
        sum(n_rows) as n_rows,
        min(reference_date) as first_reference_date,
        max(reference_date) as last_reference_date
    from refs
    group by source_system, erasmus_code, oid, pic, dbh_code, name, institution_key, matched_by

),

-- The name may be that of a former entity or of its successor: what counts is the institution that they lead to.
compared as (

    select
        collected.source_system,
        collected.erasmus_code,
        collected.oid,
        collected.pic,
        collected.dbh_code,
        collected.institution_name,
        collected.institution_key,
        collected.matched_by,
        collected.n_rows,
        collected.first_reference_date,
        collected.last_reference_date,
        count(names.mapped_institution_key) as n_names,
        max(case when names.mapped_institution_key = institutions.mapped_institution_key then 1 else 0 end) as n_agreeing_names
    from collected
    inner join institutions on collected.institution_key = institutions.institution_key
    left join names on collected.comparable_name = names.comparable_name
    group by
        collected.source_system, collected.erasmus_code, collected.oid, collected.pic, collected.dbh_code,
        collected.institution_name, collected.institution_key, collected.matched_by, collected.n_rows,
        collected.first_reference_date, collected.last_reference_date

),

final as (

    select
        source_system,
        erasmus_code,
        oid,
        pic,
        dbh_code,
        institution_name,
        institution_key as reporting_institution_key,
        matched_by,
        case
            when institution_name is null then 'none'
            when n_agreeing_names > 0 then 'agrees'
            when n_names > 0 then 'contradicts'
            else 'unknown'
        end as name_check,
        cast(n_rows as integer) as n_rows,
        first_reference_date,
        last_reference_date

    from compared

)

select * from final
