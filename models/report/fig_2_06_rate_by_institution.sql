with

institutions as (

    select * from {{ ref('mart_usage__institution') }}

),

{{ rate_by_institution() }}

select * from final
