with

institutions as (

    select * from {{ ref('mart_open_data__institution') }}

),

{{ rate_by_institution() }}

select * from final
