{#- The entity that a source means on a day: of those that bear the identifier, the one that bore it on that day. -#}

with

refs as (

    select * from {{ ref('int_institution_references_unioned') }}

),

matched as (

    select * from {{ ref('int_institution_references_matched') }}

),

candidates as (

    select
        refs.*,
        matched.institution_key,
        matched.matched_by,
        matched.valid_from as first_valid_date,
        matched.valid_to as last_valid_date,
        case
            when matched.valid_to < refs.reference_date then 'after_end'
            when matched.valid_from > refs.reference_date then 'before_begin'
            else 'valid'
        end as validity
    from refs
    inner join matched
        on refs.source_system = matched.source_system
        and refs.reference_key = matched.reference_key

),

-- Old codes are used for years: when nobody bore the code on that day, the last one that had borne it is meant, and
-- when nobody had borne it yet, the first one that would.
ranked as (

    select
        *,
        row_number() over (
            partition by source_system, reference_key, reference_date
            order by
                case validity when 'valid' then 1 when 'after_end' then 2 else 3 end asc,
                case when validity = 'before_begin' then first_valid_date end asc,
                last_valid_date desc nulls first,
                institution_key asc
        ) as candidate_rank
    from candidates

),

final as (

    select
        source_system,
        reference_key,
        reference_date,
        erasmus_code,
        oid,
        pic,
        dbh_code,
        name,
        n_rows,
        institution_key,
        matched_by,
        validity,
        first_valid_date,
        last_valid_date

    from ranked
    where candidate_rank = 1

)

select * from final
