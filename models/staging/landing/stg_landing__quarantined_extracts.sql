with

source as (

    select * from {{ source('landing', 'quarantine') }}
    {% if var('as_of') is not none %}where extract_date <= cast('{{ var("as_of") }}' as date){% endif %}

),

renamed as (

    select
        extract_id,
        file_name,
        source as source_system,
        layout,
        extract_date,
        row_count,
        stage as refused_at_stage

    from source

)

select * from renamed
