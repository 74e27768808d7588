{%- set counts = ['file', 'landed'] + row_statuses() + ['refused', 'erased', 'accounted'] %}

with

ledger as (

    select * from {{ ref('mart_quality__ledger') }}

),

per_source as (

    select
        coalesce(source_system, 'unknown') as ledger_scope,
        cast(count(*) as integer) as n_extracts,
        {%- for count in counts %}
        cast(coalesce(sum(n_{{ count }}_rows), 0) as integer) as n_{{ count }}_rows,
        {%- endfor %}
        bool_and(is_balanced) as is_balanced
    from ledger
    group by coalesce(source_system, 'unknown')

),

total as (

    select
        'all' as ledger_scope,
        cast(sum(n_extracts) as integer) as n_extracts,
        {%- for count in counts %}
        cast(sum(n_{{ count }}_rows) as integer) as n_{{ count }}_rows,
        {%- endfor %}
        bool_and(is_balanced) as is_balanced
    from per_source

),

final as (

    select * from per_source
    union all
    select * from total

)

select * from final
