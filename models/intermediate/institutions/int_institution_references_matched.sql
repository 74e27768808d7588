{#- Which entities a source can mean: by code first (Erasmus code, DBH code), then by the systems' identifiers (OID, PIC),
    then by name. The first rule that matches wins and is kept. -#}

{%- set rules = ['erasmus_code', 'dbh_code', 'oid', 'pic', 'name'] %}

with

unioned as (

    select * from {{ ref('int_institution_references_unioned') }}

),

identifiers as (

    select
        *,
        {{ comparable_identifier('identifier_type', 'identifier') }} as comparable
    from {{ ref('institution_identifier') }}

),

institutions as (

    select * from {{ ref('institution') }}

),

structure as (

    select * from {{ ref('int_structure_date') }}

),

refs as (

    select
        source_system,
        reference_key,
        erasmus_code,
        oid,
        pic,
        dbh_code,
        name
    from unioned
    group by source_system, reference_key, erasmus_code, oid, pic, dbh_code, name

),

matches as (
    {% for identifier_type in rules %}
    select
        refs.source_system,
        refs.reference_key,
        identifiers.institution_key,
        identifiers.valid_from,
        identifiers.valid_to,
        '{{ identifier_type }}' as matched_by,
        {{ loop.index }} as rule_order
    from refs
    inner join identifiers
        on identifiers.identifier_type = '{{ identifier_type }}'
        and identifiers.comparable = {{ comparable_identifier("'" ~ identifier_type ~ "'", 'refs.' ~ identifier_type) }}
    {{ "union all" if not loop.last }}
    {%- endfor %}

),

-- Who bears an identifier without dates of its own bears it all its life.
bearers as (

    select
        matches.source_system,
        matches.reference_key,
        matches.institution_key,
        matches.matched_by,
        matches.rule_order,
        coalesce(matches.valid_from, institutions.valid_from) as valid_from,
        coalesce(matches.valid_to, institutions.valid_to) as valid_to
    from matches
    inner join institutions on matches.institution_key = institutions.institution_key
    cross join structure
    -- No extract can mean an institution that did not exist yet when the newest one was taken.
    where coalesce(institutions.valid_from <= structure.newest_extract_date, true)

),

-- The first rule that matches decides. It can leave several entities: a code that passed from one to the next.
ranked as (

    select
        *,
        dense_rank() over (partition by source_system, reference_key order by rule_order asc) as rule_rank
    from bearers

),

final as (

    select
        refs.source_system,
        refs.reference_key,
        coalesce(ranked.institution_key, 'unknown') as institution_key,
        coalesce(ranked.matched_by, 'none') as matched_by,
        ranked.valid_from,
        ranked.valid_to

    from refs
    left join ranked
        on refs.source_system = ranked.source_system
        and refs.reference_key = ranked.reference_key
        and ranked.rule_rank = 1
    -- Two spellings of a name can fold to one.
    group by refs.source_system, refs.reference_key, ranked.institution_key, ranked.matched_by, ranked.valid_from, ranked.valid_to

)

select * from final
