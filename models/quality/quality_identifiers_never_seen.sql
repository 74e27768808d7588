with

identifiers as (

    select
        *,
        {{ comparable_identifier('identifier_type', 'identifier') }} as comparable
    from {{ ref('institution_identifier') }}

),

refs as (

    select * from {{ ref('int_institution_references_unioned') }}

),

seen as (
    {% for identifier_type in ['erasmus_code', 'dbh_code', 'oid', 'pic', 'name'] %}
    select
        '{{ identifier_type }}' as identifier_type,
        {{ comparable_identifier("'" ~ identifier_type ~ "'", identifier_type) }} as comparable
    from refs
    {{ "union" if not loop.last }}
    {%- endfor %}

),

final as (

    select
        identifiers.institution_key as reporting_institution_key,
        identifiers.identifier_type,
        identifiers.identifier,
        identifiers.valid_from,
        identifiers.valid_to,
        identifiers.certainty

    from identifiers
    left join seen
        on identifiers.identifier_type = seen.identifier_type
        and identifiers.comparable = seen.comparable
    where seen.comparable is null

)

select * from final
