{#- One entity per reference, for sources that name an institution without a day. -#}

with

refs as (

    select * from {{ ref('int_institution_references_unioned') }}

),

matched as (

    select * from {{ ref('int_institution_references_matched') }}

),

institutions as (

    select * from {{ ref('institution') }}

),

-- An identifier that passed from an entity to its successor names the younger one; both lie on one line of descent.
ranked as (

    select
        matched.*,
        row_number() over (
            partition by matched.source_system, matched.reference_key
            order by institutions.valid_to desc nulls first, matched.institution_key asc
        ) as match_rank
    from matched
    left join institutions on matched.institution_key = institutions.institution_key

),

final as (

    select
        refs.reference_key,
        refs.source_system,
        refs.erasmus_code,
        refs.oid,
        refs.pic,
        refs.dbh_code,
        refs.name,
        refs.n_rows,
        ranked.institution_key,
        ranked.matched_by

    from refs
    inner join ranked
        on refs.source_system = ranked.source_system
        and refs.reference_key = ranked.reference_key
        and ranked.match_rank = 1

)

select * from final
