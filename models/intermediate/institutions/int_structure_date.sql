with

extracts as (

    select * from {{ ref('stg_landing__extracts') }}

),

newest as (

    select max(extract_date) as newest_extract_date from extracts

),

final as (

    select
        {% if var('structure_date') is none -%}
        newest_extract_date
        {%- else -%}
        cast('{{ var("structure_date") }}' as date)
        {%- endif %} as structure_date,
        newest_extract_date

    from newest

)

select * from final
