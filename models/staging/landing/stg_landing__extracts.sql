with

source as (

    select * from {{ source('landing', 'extract') }}

),

renamed as (

    select
        extract_id,
        file_name,
        file_sha256,
        file_bytes,
        source as source_system,
        layout,
        layout_version,
        extract_date,
        row_count

    from source

)

select * from renamed
